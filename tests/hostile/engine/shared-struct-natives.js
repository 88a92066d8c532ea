// expect status: error
eval('%AbortJS("x")')
