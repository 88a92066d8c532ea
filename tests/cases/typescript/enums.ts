// expect value: Red,Green,2,4
enum Colour { Red, Green, Blue }
const enum Size { Small = 2, Large = Small * 2 }
[Colour[0], Colour[Colour.Green], Colour.Blue, Size.Large].join();
