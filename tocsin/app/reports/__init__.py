"""Reports of a period: one content, written as HTML, PDF, slides, a document or a workbook."""
