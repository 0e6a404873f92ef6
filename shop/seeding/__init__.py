"""Seed files: the catalogue a merchandiser edits, checked and brought into the database.

On the way in:
``formats`` text, with a file, a line and a column for everything ·
``schemas``, ``tables`` and ``fields`` what may stand in a file ·
``seed`` all files, checked ·
``build`` the ``rows`` they ask for, of the tables in ``kinds`` ·
``current`` the rows that are held, ``part`` only those that an edit is about ·
``merge`` what files do not speak of, ``places`` in which order all stand ·
``references`` what rows point at ·
``plan`` the difference, ``diff`` for people and programs, ``changes`` for the audit log ·
``write`` writing it, ``searched`` what search follows of it.

``large`` does the same for one table of any size, ``exporting`` is the way back to files. Callers need
``service``, the verbs; ``amend``, single entries for the admin API; ``jobs``, seeds that were sent to be
applied by a worker.
"""
