"""What a chapter asks before a result (guesses) and beside its text (question boxes).

They stand here, not in a notebook's cell: whoever sees a cell's source sees a call, no answer.
A chapter's exercises bring them along; a page without exercises imports its module from here.
"""
