from tests.rig.pcscd import virtual_readers

__all__ = ["virtual_readers"]
