"""Where people and vehicles are, how surely, and what follows: zones, crowding, lone work, closing speed, falls.

Plan coordinates are metres (x, y) on the plan of the site, z metres above its datum; times are UTC microseconds.
"""
