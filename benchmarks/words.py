"""The words of a clinic's clients, by how often they are said.

Each list of an intake has a hand-written head of common words and a long tail: all other names of
the vocabulary. How often a word is said falls with its place in the ranking (Zipf and Mandelbrot).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final, TypeVar, final

from engine.vocabulary import KIND_OF_LIST, Vocabulary

T = TypeVar("T")
Draw = Callable[[], float]
"""``Random.random``: the one method whose numbers are the same on every version of Python."""

COMMON: Final = {
    "conditions": """acne, hay fever, eczema, cold sores, asthma, high blood pressure, migraine,
        rosacea, anxiety, acne scars, depression, melasma, underactive thyroid, hypertension, PCOS,
        dry skin, hyperpigmentation, high cholesterol, stretch marks, IBS, acid reflux, psoriasis,
        anaemia, tattoo, enlarged pores, endometriosis, type 2 diabetes, dandruff, blackheads,
        varicose veins, back pain, iron deficiency, vitamin D deficiency, insomnia, menopause,
        keratosis pilaris, fine lines, ADHD, contact dermatitis, skin tags, sinusitis, hair loss,
        osteoarthritis, perioral dermatitis, scar, Hashimoto's, folliculitis, herpes, shingles,
        athlete's foot, verruca, oily skin, breast implants, keloid, coeliac disease, diabetes,
        vitiligo, seborrhoeic dermatitis, rheumatoid arthritis, rash, Crohn's disease,
        ulcerative colitis, epilepsy, heart murmur, atrial fibrillation, pacemaker,
        basal cell carcinoma, type 1 diabetes, history of breast cancer, glaucoma, DVT,
        alopecia areata, skin problem, allergies, sensitive skin, hepatitis B, lupus, HIV""",
    "medications": """the pill, vitamin D, paracetamol, ibuprofen, levothyroxine, multivitamin,
        retinol, antihistamine, sertraline, salbutamol, omeprazole, magnesium, iron tablets,
        metformin, cetirizine, Mirena, ramipril, atorvastatin, omega 3, loratadine, amlodipine,
        vitamin C, biotin, aspirin, collagen, citalopram, HRT, fluoxetine, probiotics, sumatriptan,
        salicylic acid, vitamin B12, folic acid, tretinoin, zinc, propranolol, spironolactone,
        Ventolin, lymecycline, fexofenadine, adapalene, minoxidil, escitalopram, benzoyl peroxide,
        azelaic acid, turmeric, doxycycline, insulin, hydrocortisone cream, Nurofen, naproxen,
        melatonin, lansoprazole, losartan, Roaccutane, aciclovir, glycolic acid, Ozempic,
        amoxicillin, evening primrose oil, vitamin E, St John's wort, codeine,
        hyaluronic acid serum, prednisolone, Epiduo, warfarin, Eliquis, clopidogrel, methotrexate,
        Humira, hydroxychloroquine, hydroquinone, diclofenac gel, tamoxifen, painkillers, Botox,
        acne pills""",
    "procedures": """Botox, facial, chemical peel, microneedling, lip filler, laser hair removal,
        waxing, filler, HydraFacial, microdermabrasion, eyebrow waxing, dermaplaning, tattoo, IPL,
        microblading, teeth whitening, LED light therapy, massage, dental work, vaccination,
        Profhilo, dermal fillers, caesarean section, mole removal, lash lift, breast augmentation,
        glycolic peel, laser resurfacing, acupuncture, skin booster, appendectomy,
        laser eye surgery, rhinoplasty, HIFU, thread lift, PRP, radiofrequency microneedling,
        knee surgery, threading, blepharoplasty, fractional laser, facelift, liposuction,
        laser tattoo removal, TCA peel, wisdom tooth removal, tummy tuck, hair transplant,
        CoolSculpting, Morpheus8, BB glow, spray tan, radiotherapy""",
    "allergies": """penicillin, nickel, pollen, latex, dust mites, cats, nuts, plasters, peanuts,
        hay fever, ibuprofen, aspirin, fragrance, shellfish, sulfa, codeine, eggs, dogs, dairy,
        gluten, lidocaine, bee stings, cheap jewellery, hair dye, amoxicillin, iodine, kiwi,
        erythromycin, strawberries, wool, lanolin, metal, cobalt, parabens, soya, sesame,
        washing powder, trimethoprim, mould, wasp stings""",
}
"""By list, the words that clients say most, the commonest first; not all of them are understood."""


def words(text: str) -> tuple[str, ...]:
    """The words of a comma-separated text."""
    return tuple(" ".join(word.split()) for word in text.split(","))


def spread(**shares: int) -> tuple[str, ...]:
    """Each word as often as its share says, so that an even draw is a weighted one; ``_`` is no word."""
    return tuple(word.strip("_") for word, share in shares.items() for _ in range(share))


def pick(draw: Draw, options: Sequence[T]) -> T:
    """One of the options, all alike."""
    return options[int(draw() * len(options))]


def happens(draw: Draw, share: float) -> bool:
    """Whether something happens that happens in ``share`` of all cases."""
    return draw() < share


@final
class Ranking:
    """The names that belong in one list, the commonest first, and how often each is said."""

    def __init__(self, vocabulary: Vocabulary, list_name: str, draw: Draw) -> None:
        common = words(COMMON[list_name])
        kinds = {KIND_OF_LIST[list_name], *(["medication"] if list_name == "allergies" else [])}
        written = {
            term.written
            for term in vocabulary.names.values()
            if not kinds.isdisjoint(vocabulary.concepts[term.concept].kinds)
        }
        others = sorted(sorted(written.difference(common)), key=lambda _: draw())
        self._names = (*common, *others)
        self._sums = list(accumulate(1 / (rank + 8) ** 2 for rank in range(1, len(self._names) + 1)))
        self._common = self._sums[len(common) - 1]
        self.rare_share = 1 - self._common / self._sums[-1]

    def common(self, draw: Draw) -> str:
        """One of the hand-written words."""
        return self._names[bisect(self._sums, draw() * self._common)]

    def rare(self, draw: Draw) -> str:
        """A name of the long tail."""
        found = bisect(self._sums, self._common + draw() * (self._sums[-1] - self._common))
        return self._names[min(found, len(self._names) - 1)]

    def said(self, draw: Draw) -> str:
        """Any of the names, as often as it is said."""
        return self.rare(draw) if happens(draw, self.rare_share) else self.common(draw)
