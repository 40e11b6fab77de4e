"""What people write in spreadsheets: schedules, file plans, decisions and labels, read row by row.

Each part has its own file: ``sheet`` the rows, ``headings`` what a column means, ``cells`` what a cell says,
``columns`` and ``purview`` schedules in two forms, ``answers`` lists that were handed out. No file is opened here.
"""
