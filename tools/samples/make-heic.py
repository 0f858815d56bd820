"""Writes the HEIC of samples/, coded by x265: sharp codes no HEVC. pip install pillow-heif==1.8.1; python3 make-heic.py"""

from pathlib import Path

import pillow_heif
from PIL import Image

samples = Path(__file__).parents[2] / "samples"
picture = Image.open(samples / "astronaut.png").convert("RGB")
pillow_heif.from_pillow(picture).save(samples / "astronaut.heic", quality=70)
