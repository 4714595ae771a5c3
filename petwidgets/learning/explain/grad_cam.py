"""Grad-CAM: show the places of a photograph that are evidence for a breed.

R. R. Selvaraju and others, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", ICCV 2017; computed by captum's `LayerGradCam`.
"""

from __future__ import annotations

import threading
from copy import deepcopy
from typing import TYPE_CHECKING

import torch
from captum.attr import LayerGradCam

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn


class Attention:
    """Grad-CAM of a network, for feature maps that its body has computed.

    The backward pass runs through the head only, once per breed, and weights the maps.

    Args:
        head: the network's, in `eval` mode.
    """

    def __init__(self, head: nn.Sequential) -> None:
        self._lock = threading.Lock()
        # A copy, because captum adds hooks and other threads use the network meanwhile.
        self.head = deepcopy(head)
        self.grad_cam = LayerGradCam(self.head, self.head[0])

    def heat(self, maps: torch.Tensor, breeds: Sequence[int]) -> torch.Tensor:
        """(k, h, w): the maps' sum, weighted with the mean gradients of each breed's activation.

        Args:
            maps: (1, c, h, w) float32, the body's last feature maps; negative sums become 0.
            breeds: k positions in the vocab.
        """
        with self._lock, torch.enable_grad():
            copies = maps.repeat(len(breeds), 1, 1, 1).requires_grad_()
            maps_of_breeds = self.grad_cam.attribute(
                copies, target=[*breeds], attribute_to_layer_input=True, relu_attributions=True
            )
        return maps_of_breeds.detach()[:, 0]
