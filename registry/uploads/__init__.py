"""Files of rows that people bring: CSV and XLSX, read in a process of their own with limits of its own."""
