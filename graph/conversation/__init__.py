"""The conversation as a network: who reposts, answers, quotes or mentions whom."""
