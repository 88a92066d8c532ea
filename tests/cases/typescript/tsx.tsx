// expect value: <p class="a">1 2</p>
// entry main.tsx
// file main.tsx
type Props = Record<string, string> | null;
const React = {
  createElement(name: string, props: Props, ...children: unknown[]): string {
    const attributes = Object.entries(props ?? {}).map(([key, value]) => ` ${key}="${value}"`);
    return `<${name}${attributes.join("")}>${children.join("")}</${name}>`;
  },
};
export default <p class="a">{1} {2}</p>;
