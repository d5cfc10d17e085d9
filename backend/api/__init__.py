"""HTTP and WebSocket: parse, check the right, call one desk, answer."""
