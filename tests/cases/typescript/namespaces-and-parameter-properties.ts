// expect value: 7
namespace Geometry {
  export class Rectangle {
    constructor(private readonly width: number, protected height: number) {}
    half(): number { return this.width + this.height; }
  }
}
new Geometry.Rectangle(3, 4).half();
