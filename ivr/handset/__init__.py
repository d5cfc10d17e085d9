"""A small telephone of our own: SIP and RTP over UDP, for the demo, the bench and the tests."""
