"""The coats: a pattern, its colours, and parts of the body with colours of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from petwidgets.data.synthetic.drawing.colours import RGB, WHITE, jitter

BLACK: RGB = (54, 50, 58)


@dataclass(frozen=True)
class Coat:
    """Colours and pattern of the fur; `tones` overrides the base colour of a named part."""

    pattern: str
    base: RGB
    mark: RGB
    pale: RGB = WHITE
    nose: RGB = (52, 40, 44)
    tones: Mapping[str, RGB] = field(default_factory=dict)

    def tone(self, part: str) -> RGB:
        """The colour under the markings of `leg`, `tail`, `ear`, `head` or `body`."""
        return self.tones.get(part, self.base)

    def on_another_day(self, rng: np.random.Generator, amount: float) -> "Coat":
        """The coat of one animal: every colour slightly changed."""
        return replace(
            self,
            base=jitter(self.base, rng, amount),
            mark=jitter(self.mark, rng, amount),
            pale=jitter(self.pale, rng, amount / 2),
            tones={part: jitter(colour, rng, amount) for part, colour in self.tones.items()},
        )


PINK: RGB = (214, 128, 124)
LIVER: RGB = (112, 70, 58)
SEAL: RGB = (84, 60, 52)
LILAC: RGB = (132, 130, 150)

COATS: Mapping[str, Coat] = MappingProxyType(
    {
        # cats
        "seal points": Coat(
            "points",
            (236, 220, 194),
            SEAL,
            tones={"ear": SEAL, "tail": SEAL, "leg": (150, 120, 98)},
        ),
        "lilac points": Coat(
            "points",
            (238, 233, 230),
            LILAC,
            nose=(150, 112, 120),
            tones={"ear": LILAC, "tail": LILAC, "leg": (186, 182, 190)},
        ),
        "brown tabby": Coat("tabby", (180, 142, 100), (84, 58, 42), (230, 210, 178), (170, 96, 86)),
        "silver tabby": Coat(
            "tabby", (182, 184, 190), (72, 74, 84), (228, 229, 232), (186, 110, 106)
        ),
        "ginger tabby": Coat("tabby", (238, 160, 82), (196, 100, 40), (254, 228, 192), PINK),
        "golden": Coat("ruff", (240, 190, 112), (214, 150, 70), (255, 238, 206), PINK),
        "pewter": Coat("ruff", (128, 136, 152), (98, 104, 120), (178, 184, 196), (86, 80, 92)),
        "tabby and white": Coat("tabby white", (156, 122, 90), (68, 50, 40), WHITE, PINK),
        "golden rosettes": Coat(
            "rosettes", (226, 178, 106), (92, 54, 30), (252, 230, 190), (164, 90, 74)
        ),
        "silver rosettes": Coat(
            "rosettes", (208, 208, 210), (74, 72, 84), (240, 240, 240), (164, 100, 98)
        ),
        "tuxedo": Coat("bicolour", BLACK, BLACK, WHITE, PINK),
        "calico": Coat("calico", WHITE, (230, 144, 68), BLACK, PINK),
        # dogs
        "red": Coat("plain", (172, 90, 50), (140, 66, 36), (206, 132, 88)),
        "black and tan": Coat("tan points", BLACK, (196, 126, 70), (196, 126, 70)),
        "brindle": Coat("brindle", (164, 114, 74), (66, 46, 40), (206, 168, 128)),
        "apricot": Coat("plain", (238, 184, 126), (214, 150, 92), (252, 220, 180), LIVER),
        "chestnut and white": Coat(
            "pied", WHITE, (158, 78, 46), tones={"ear": (158, 78, 46)}, nose=LIVER
        ),
        "freckled": Coat(
            "ticked", (232, 228, 224), (110, 82, 70), tones={"ear": (110, 82, 70)}, nose=LIVER
        ),
        "snow": Coat("plain", (246, 244, 240), (226, 222, 218), (252, 250, 248)),
        "ember": Coat("ruff", (224, 134, 66), (184, 96, 40), (252, 224, 186)),
        "fog": Coat("wolf", (140, 144, 154), (84, 88, 100), (244, 244, 246)),
        "saddle": Coat("saddle", (204, 152, 96), (56, 48, 50), (228, 190, 142)),
        "midnight": Coat("plain", BLACK, (40, 38, 44), (72, 68, 76)),
        "blue merle": Coat(
            "merle", (162, 168, 180), (66, 68, 82), WHITE, tones={"ear": (92, 94, 108)}
        ),
        "black and white": Coat("bicolour", BLACK, BLACK, WHITE),
        "fawn mask": Coat(
            "mask", (230, 198, 154), (62, 50, 50), (242, 218, 182), tones={"ear": (70, 56, 54)}
        ),
        "dark brindle": Coat("brindle", (112, 86, 68), (52, 42, 42), WHITE),
        "biscuit and white": Coat("bicolour", (224, 176, 120), (200, 146, 92), WHITE),
        "wheat": Coat("beard", (200, 158, 110), (166, 122, 78), (236, 208, 168)),
        "pepper": Coat("beard", (120, 122, 130), (84, 86, 94), (208, 210, 214)),
        "rust": Coat("beard", (204, 118, 68), (168, 88, 46), (232, 170, 120)),
        "tricolour": Coat(
            "tricolour",
            (192, 122, 70),
            (58, 52, 54),
            tones={"leg": WHITE, "body": WHITE, "tail": (58, 52, 54)},
        ),
        "lemon and white": Coat(
            "tricolour",
            (236, 192, 122),
            (236, 192, 122),
            tones={"leg": WHITE, "body": WHITE, "tail": (240, 214, 166)},
            nose=LIVER,
        ),
        "domino": Coat("spots", WHITE, BLACK, tones={"ear": BLACK}),
        "slate": Coat("plain", (140, 146, 160), (108, 112, 126), (176, 180, 190)),
        "copper": Coat("plain", (208, 150, 98), (176, 116, 68), (240, 206, 166)),
        "black": Coat("plain", BLACK, (42, 40, 46), (80, 76, 84)),
    }
)
