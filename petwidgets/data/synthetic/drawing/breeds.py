"""The 37 breeds: their typical traits, and random individuals of them.

Breeds of one family share its build and differ mostly in their coats. Some animals take a trait
from a sibling breed, so that a classifier's confusions lie within families.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

import numpy as np

from petwidgets.data.synthetic.drawing.coats import COATS, Coat
from petwidgets.data.synthetic.drawing.colours import RGB

SWAP_COAT = 0.05  # the share of a breed that has a sibling breed's coat
SWAP_TRAIT = 0.12  # the share that has a sibling breed's ears, tail, ...
FADE = 9.0  # variation of colours within a breed, in levels of 255

AMBER, GREEN, BLUE, BROWN = (222, 160, 52), (128, 168, 84), (96, 160, 214), (104, 64, 38)


@dataclass(frozen=True)
class Traits:
    """The typical traits of a breed. Numbers are factors around 1 unless noted otherwise."""

    coat: str
    ear: str = "pricked"
    ear_size: float = 1.0
    muzzle: float = 0.5  # length: 0 flat, 1 long
    jaw: float = 1.0
    tail: str = "thin"
    girth: float = 1.0
    length: float = 1.0
    legs: float = 1.0
    hair: float = 0.0  # 0 smooth, 1 fluffy
    beard: float = 0.0
    head: float = 1.0
    eyes: tuple[RGB, ...] = (BROWN,)


@dataclass(frozen=True)
class Animal:
    """One individual: cat or dog, traits, coat, and the random generator of its markings."""

    cat: bool
    traits: Traits
    coat: Coat
    eye: RGB
    rng: np.random.Generator


def _family(common: Traits, **breeds: Mapping[str, object]) -> dict[str, Traits]:
    return {name: replace(common, **own) for name, own in breeds.items()}  # type: ignore[arg-type]


_ORACLE = Traits("seal points", ear_size=1.3, girth=0.82, legs=1.12, head=0.95, eyes=(BLUE,))
_MOUSER = Traits("brown tabby", girth=1.08, hair=0.1, eyes=(AMBER, GREEN))
_MUFFLER = Traits(
    "golden", "tufted", tail="bushy", girth=1.15, hair=0.9, eyes=(AMBER, GREEN), head=1.04
)
_OCELET = Traits("golden rosettes", "round", 1.0, girth=0.9, legs=1.08, eyes=(GREEN, AMBER))
_WAITER = Traits("tuxedo", "folded", girth=1.14, legs=0.9, head=1.08, eyes=(AMBER, GREEN))
_SAUSAGE = Traits(
    "red", "floppy", 1.1, muzzle=0.85, jaw=0.85, length=1.32, legs=0.48, girth=0.88, head=0.92
)
_PUDDLER = Traits("apricot", "floppy", 1.2, muzzle=0.5, tail="bushy", hair=0.55, girth=1.02)
_SPITZ = Traits("snow", ear_size=0.85, muzzle=0.42, jaw=0.85, tail="curled", hair=0.95, girth=1.15)
_WARDEN = Traits("saddle", ear_size=1.15, muzzle=0.8, tail="bushy", hair=0.3, length=1.08)
_GRUMBLER = Traits(
    "fawn mask",
    "round",
    0.8,
    muzzle=0.05,
    jaw=1.25,
    tail="docked",
    girth=1.25,
    legs=0.75,
    head=1.15,
)
_TINKER = Traits(
    "wheat", "folded", 0.9, muzzle=0.6, tail="docked", hair=0.35, beard=1.0, legs=0.85, length=0.92
)
_RAMBLER = Traits("tricolour", "floppy", 1.0, muzzle=0.62, tail="thin", girth=1.0)
_RUNNER = Traits(
    "slate", "folded", 0.75, muzzle=1.0, jaw=0.66, girth=0.76, legs=1.25, length=1.08, head=0.85
)

CATS: Mapping[str, dict[str, Traits]] = {
    "oracle": _family(
        _ORACLE, Velvet_Oracle={}, Porcelain_Oracle={"coat": "lilac points", "ear_size": 1.1}
    ),
    "mouser": _family(
        _MOUSER,
        Barley_Mouser={},
        Cinder_Mouser={"coat": "silver tabby", "girth": 1.0},
        Marmalade_Tom={"coat": "ginger tabby", "girth": 1.2},
    ),
    "muffler": _family(
        _MUFFLER,
        Moonlit_Saffron={},
        Moonlit_Pewter={"coat": "pewter"},
        Great_Northern_Muffler={"coat": "tabby and white", "ear_size": 1.15},
    ),
    "ocelet": _family(
        _OCELET, Lantern_Ocelet={}, Frosted_Ocelet={"coat": "silver rosettes", "ear": "pricked"}
    ),
    "waiter": _family(_WAITER, Tuxedo_Waiter={"ear": "pricked"}, Harlequin={"coat": "calico"}),
}
DOGS: Mapping[str, dict[str, Traits]] = {
    "sausage": _family(
        _SAUSAGE,
        lowland_sausage={},
        harbour_sausage={"coat": "black and tan"},
        brindle_bogtrotter={"coat": "brindle", "hair": 0.2},
    ),
    "puddler": _family(
        _PUDDLER,
        apricot_puddler={},
        chestnut_puddler={"coat": "chestnut and white"},
        freckled_puddler={"coat": "freckled"},
    ),
    "spitz": _family(
        _SPITZ, snowdrift_spitz={}, ember_spitz={"coat": "ember"}, foggy_spitz={"coat": "fog"}
    ),
    "warden": _family(
        _WARDEN,
        hilltop_warden={},
        midnight_warden={"coat": "midnight"},
        moorland_merle={"coat": "blue merle", "ear": "folded", "hair": 0.5},
        border_juggler={"coat": "black and white", "ear": "folded", "hair": 0.5},
    ),
    "grumbler": _family(
        _GRUMBLER,
        pudding_pug={"ear": "folded", "tail": "curled"},
        inkwell_pug={"coat": "black", "ear": "folded", "tail": "curled"},
        bat_eared_grumbler={"coat": "dark brindle", "ear_size": 1.1},
        biscuit_grumbler={"coat": "biscuit and white", "ear_size": 1.1},
    ),
    "tinker": _family(
        _TINKER,
        wire_whiskered_tinker={},
        pepper_tinker={"coat": "pepper"},
        rusty_tinker={"coat": "rust", "ear": "pricked"},
    ),
    "rambler": _family(
        _RAMBLER,
        three_coat_rambler={},
        lemon_rambler={"coat": "lemon and white"},
        domino_hound={"coat": "domino", "girth": 0.9, "legs": 1.12},
    ),
    "runner": _family(_RUNNER, willow_runner={}, copper_runner={"coat": "copper", "ear": "floppy"}),
}
FAMILIES: Mapping[str, dict[str, Traits]] = MappingProxyType(
    {breed: family for kind in (CATS, DOGS) for family in kind.values() for breed in family}
)


def animal(breed: str, rng: np.random.Generator) -> Animal:
    """A random individual of the breed."""
    traits = _one(breed, rng)
    coat = COATS[traits.coat].on_another_day(rng, FADE)
    eye = traits.eyes[rng.integers(len(traits.eyes))]
    return Animal(breed[0].isupper(), traits, coat, eye, rng)


def _one(breed: str, rng: np.random.Generator) -> Traits:
    family = FAMILIES[breed]
    others = [family[name] for name in family if name != breed]
    own: dict[str, object] = {}
    for field in fields(Traits):
        chance = SWAP_COAT if field.name == "coat" else SWAP_TRAIT
        lender = others[rng.integers(len(others))] if rng.random() < chance else family[breed]
        own[field.name] = _near(getattr(lender, field.name), rng)
    return Traits(**own)  # type: ignore[arg-type]


def _near(value: object, rng: np.random.Generator) -> object:
    spread = rng.normal(0, 0.06)
    return max(value * (1 + spread), 0.0) if isinstance(value, float) else value
