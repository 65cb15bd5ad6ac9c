"""Faults that porters make, and where each of them belongs; `clean` changes, in which nothing may be found."""

from fault_lists.clean import CLEAN
from fault_lists.decoder import DECODER
from fault_lists.encoder import ENCODER
from fault_lists.encoder_decoder import SEQ2SEQ
from fault_lists.fault import Fault


FAULTS = [*DECODER, *ENCODER, *SEQ2SEQ]

__all__ = ["CLEAN", "FAULTS", "Fault"]
