"""Persona against generic: what is made of a run's persona tables. Whatever is read is in `reports.pages.persona`."""
