// From strokes on paper to the 28 × 28 picture that MNIST's makers would have made of them (LeCun et al.
// 1998): the ink's bounding box scaled into 20 × 20, then moved so that its centre of mass is the centre.

export const SIZE = 28;

export function toPixels(paper) {
  const { width, height } = paper;
  const ink = paper.getContext("2d").getImageData(0, 0, width, height).data;
  let left = width, right = -1, top = height, bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[(y * width + x) * 4 + 3] > 30) {
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
      }
    }
  }
  if (right < 0) return null;
  const w = right - left + 1, h = bottom - top + 1;
  const scale = 20 / Math.max(w, h);
  const small = draw(paper, left, top, w, h, (SIZE - w * scale) / 2, (SIZE - h * scale) / 2, w * scale, h * scale);
  let mass = 0, mx = 0, my = 0;
  small.forEach((v, i) => {
    mass += v;
    mx += v * (i % SIZE);
    my += v * Math.floor(i / SIZE);
  });
  const dx = Math.round((SIZE - 1) / 2 - mx / mass), dy = Math.round((SIZE - 1) / 2 - my / mass);
  const centred = new Array(SIZE * SIZE).fill(0);
  small.forEach((v, i) => {
    const x = (i % SIZE) + dx, y = Math.floor(i / SIZE) + dy;
    if (x >= 0 && x < SIZE && y >= 0 && y < SIZE) centred[y * SIZE + x] = v;
  });
  return centred;
}

function draw(paper, sx, sy, sw, sh, dx, dy, dw, dh) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(paper, sx, sy, sw, sh, dx, dy, dw, dh);
  const data = context.getImageData(0, 0, SIZE, SIZE).data;
  return Array.from({ length: SIZE * SIZE }, (_, i) => data[i * 4 + 3]);
}

// Water where a pixel spoke for the answer, wheel where against it; the drawing in grey beneath.
export function showHeat(canvas, pixels, attributions) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIZE, SIZE);
  const largest = Math.max(1e-9, ...attributions.map(Math.abs));
  for (let i = 0; i < SIZE * SIZE; i++) {
    const strength = Math.sqrt(Math.abs(attributions[i]) / largest);
    const colour = attributions[i] >= 0 ? [11, 114, 133] : [179, 92, 0];
    const paper = 255 - pixels[i] * 0.22;
    for (let c = 0; c < 3; c++) image.data[i * 4 + c] = paper + (colour[c] - paper) * strength;
    image.data[i * 4 + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
