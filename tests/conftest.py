"""What holds for every test."""

from hypothesis import settings

# A property must hold however busy the machine is: hypothesis counts examples, not milliseconds.
settings.register_profile("yufang", deadline=None)
settings.load_profile("yufang")
