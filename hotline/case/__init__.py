"""The case: its steps, workflow, routing, clocks and calendar."""
