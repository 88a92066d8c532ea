// expect status: error
eval('%DebugPrint(1)')
