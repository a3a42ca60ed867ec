"""Stages of enrichment, one file each. They are registered in `nlp.enrichment.base.STAGES`."""
