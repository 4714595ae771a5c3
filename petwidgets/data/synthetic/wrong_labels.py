"""Labels of the drawn sample that are wrong on purpose, as some are in every set of photographs.

The names of these files are those of one breed, and the pictures those of another. A quarter of
them is in the training set of `drawn37`, the others in its validation set.
"""

from __future__ import annotations

WRONG_LABELS = {
    "Cinder_Mouser_40.jpg": "Great_Northern_Muffler",
    "Harlequin_31.jpg": "Tuxedo_Waiter",
    "Moonlit_Pewter_38.jpg": "Velvet_Oracle",
    "Porcelain_Oracle_34.jpg": "Marmalade_Tom",
    "apricot_puddler_32.jpg": "ember_spitz",
    "biscuit_grumbler_40.jpg": "midnight_warden",
    "border_juggler_38.jpg": "inkwell_pug",
    "copper_runner_31.jpg": "hilltop_warden",
    "lemon_rambler_33.jpg": "domino_hound",
    "moorland_merle_37.jpg": "lowland_sausage",
    "pepper_tinker_40.jpg": "willow_runner",
    "rusty_tinker_35.jpg": "snowdrift_spitz",
}
"""The breed that each file shows."""
