"""Content as people read it: Markdown as safe HTML, and pages, modules and programs as accessible PDF."""
