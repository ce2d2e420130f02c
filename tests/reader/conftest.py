from tests.rig.pcscd import virtual_readers
from tests.rig.usb import usb_readers

__all__ = ["usb_readers", "virtual_readers"]
