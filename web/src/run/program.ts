/** The name of the program in positions. */
export const PROGRAM_FILE = 'main.js';
