"""The version of the engine, which is the version of the distribution."""

VERSION = "1.0.0"
