"""What a page shows, as a file: rows made once, written as XLSX, CSV or PDF."""
