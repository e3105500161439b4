"""Every workbook and table in and out; nobody else knows openpyxl."""
