"""Who may open the books, and what each person may do."""
