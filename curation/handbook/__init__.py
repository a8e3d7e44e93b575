"""The knowledge base as pages for clinicians: neither a server nor the network is needed."""
