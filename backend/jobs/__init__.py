"""What runs by the clock: timers, sweeps and seeding."""
