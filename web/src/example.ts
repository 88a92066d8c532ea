/** The program that a reader finds in the editor. */
export const EXAMPLE = `// Welcome! Press Run, or Ctrl+Enter (⌘+Enter on a Mac).
// The value of the last line is the result.

const planets = ['Mercury', 'Venus', 'Earth', 'Mars'];

planets.forEach((name, index) => {
  console.log('%d. Hello, %s!', index + 1, name);
});

const lengths = new Map();
for (const name of planets) lengths.set(name, name.length);

({ planets, lengths });
`;
