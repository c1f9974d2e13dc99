"""The edge node: connectors, detectors and outputs at a site, without the platform."""
