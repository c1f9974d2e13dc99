"""What holds for every test."""

from hypothesis import HealthCheck, settings

# A property must hold however busy the machine is: hypothesis counts examples, not milliseconds.
settings.register_profile("yufang", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("yufang")
