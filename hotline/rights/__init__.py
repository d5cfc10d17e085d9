"""Rights: what somebody may do, and on which cases."""
