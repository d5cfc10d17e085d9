// A pen on a canvas: black lines on white, by mouse, finger or stylus.

const LINE_PX = 2.5
const QUALITY = 0.9
const PAPER = '#ffffff'
const INK = '#111111'

export class Pen {
  private writing = false
  private at: [number, number] = [0, 0]

  private constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly lines: CanvasRenderingContext2D,
    private readonly scale: number,
  ) {
    lines.scale(scale, scale)
    lines.fillStyle = PAPER
    lines.fillRect(0, 0, canvas.width, canvas.height)
    lines.strokeStyle = INK
    lines.lineWidth = LINE_PX
    lines.lineCap = lines.lineJoin = 'round'
  }

  /** A pen for a canvas as large as it is shown; null where the browser cannot draw. */
  static on(canvas: HTMLCanvasElement): Pen | null {
    const scale = window.devicePixelRatio || 1
    canvas.width = Math.round(canvas.clientWidth * scale)
    canvas.height = Math.round(canvas.clientHeight * scale)
    const lines = canvas.getContext('2d')
    return lines && new Pen(canvas, lines, scale)
  }

  /** Where the pen is: inside of the border, in the size that the canvas was made for. */
  private where(event: PointerEvent): [number, number] {
    const box = this.canvas.getBoundingClientRect()
    const across = this.canvas.width / this.scale / box.width
    const down = this.canvas.height / this.scale / box.height
    return [(event.clientX - box.left) * across, (event.clientY - box.top) * down]
  }

  down(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId)
    this.writing = true
    this.at = this.where(event)
    this.move(event)
  }

  move(event: PointerEvent): void {
    if (!this.writing) return
    const to = this.where(event)
    this.lines.beginPath()
    this.lines.moveTo(...this.at)
    this.lines.lineTo(...to)
    this.lines.stroke()
    this.at = to
  }

  /** Lifts the pen; gives whether it was down. */
  up(): boolean {
    const was = this.writing
    this.writing = false
    return was
  }

  picture(): Promise<Blob | null> {
    return new Promise((done) => this.canvas.toBlob(done, 'image/jpeg', QUALITY))
  }

  /** The same as a data URL, to be kept with a draft. */
  look(): string {
    return this.canvas.toDataURL('image/jpeg', QUALITY)
  }
}
