class NotExportableError(Exception): pass
def write(folder, form): return 0
