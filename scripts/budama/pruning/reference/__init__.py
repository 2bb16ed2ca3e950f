"""The reference that a cut is held against: the dense network without the channels that go."""
