"""The knowledge base (知识库): articles that seats read out, and finding the one that is meant."""
