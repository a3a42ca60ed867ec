"""Stages of enrichment, one file each. They are registered in `nlp.base.STAGES`."""
