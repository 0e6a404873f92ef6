"""The shop's own pictures: each variant drawn from its facts, for want of photographs.

No picture of the house and none of its marks is used or copied: a bag is drawn from its
silhouette, its measures, the swatch of its colour, the look of its material and its hardware.
:func:`draw` is a pure function: the same facts give the same drawing, to the byte.

``facts`` what is drawn · ``colours`` tones of leather and metal · ``svg`` paths on a sheet ·
``textures`` surfaces · ``fittings`` metal and cords · ``satchels``, ``shoulders``, ``small``
the shapes · ``scene`` all of it on a ground, with a shadow
"""

from shop.media.artwork.facts import EDITION, Facts, facts_of
from shop.media.artwork.scene import HEIGHT, WIDTH, draw

__all__ = ["EDITION", "HEIGHT", "WIDTH", "Facts", "draw", "facts_of"]
