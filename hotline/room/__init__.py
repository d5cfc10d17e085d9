"""The telephone room: seats, the plan of a call, and what the exchange is told and tells."""
