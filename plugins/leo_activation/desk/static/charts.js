// Charts by uPlot. In a template: {% import "charts.html" as charts with context %}, {% block head %}{{ charts.files() }}{% endblock %},
// and {{ charts.chart(chart, caption) }} with a desk.charts.Chart: it writes the picture and, in a <details>, the same numbers as a table.
(() => {
  const drawn = new Map();
  const words = document.documentElement.lang || "en";
  const number = new Intl.NumberFormat(words, { maximumFractionDigits: 1 });
  const day = new Intl.DateTimeFormat(words, { day: "numeric", month: "short", timeZone: "UTC" });
  const minute = new Intl.DateTimeFormat(words, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" });
  const DAY_S = 86400;
  // As the rest of the desk writes days: "1 Oct".
  const dayOf = (seconds) => {
    const at = new Date(seconds * 1000);
    if (words !== "en") return day.format(at);
    const part = Object.fromEntries(day.formatToParts(at).map(({ type, value }) => [type, value]));
    return `${part.day} ${part.month}`;
  };
  const timeOf = (seconds) => minute.format(new Date(seconds * 1000));
  const heightOf = (figure) => figure.classList.contains("tall") ? 280 : 220;
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // Bars stand on each other: each is drawn from zero to the sum up to it, the highest first, so that the lower ones cover it.
  const stacked = (chart) => {
    const up = chart.x.map(() => 0), down = chart.x.map(() => 0);
    const sums = chart.series.map((one) => one.values.map((value, at) => {
      if (value === null) return null;
      return value < 0 ? (down[at] += value) : (up[at] += value);
    }));
    return chart.series.map((one, at) => ({ ...one, shown: sums[at] })).reverse();
  };

  const text = (u, words, x, y, align) => {
    u.ctx.textAlign = align;
    u.ctx.fillText(words, x, y);
    return u.ctx.measureText(words).width;
  };

  // Bands without values under the lines, dashed lines with words above them; words that would overlap are left to the table.
  const told = (chart, colours, font) => ({
    hooks: {
      drawClear: (u) => {
        const { ctx, bbox } = u;
        ctx.save();
        ctx.fillStyle = colours.gap;
        for (const gap of chart.gaps) {
          const from = Math.max(bbox.left, u.valToPos(gap.since, "x", true));
          const to = Math.min(bbox.left + bbox.width, u.valToPos(gap.until, "x", true));
          if (to > from) ctx.fillRect(from, bbox.top, to - from, bbox.height);
        }
        ctx.restore();
      },
      draw: (u) => {
        const { ctx, bbox } = u;
        const ratio = uPlot.pxRatio, right = bbox.left + bbox.width;
        ctx.save();
        ctx.font = font(ratio);
        ctx.fillStyle = colours.words;
        ctx.strokeStyle = colours.mark;
        ctx.lineWidth = ratio;
        ctx.setLineDash([3 * ratio, 3 * ratio]);
        let free = bbox.left;
        for (const mark of chart.marks) {
          const x = u.valToPos(mark.at, "x", true);
          if (x < bbox.left || x > right) continue;
          ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke();
          const wide = ctx.measureText(mark.label).width, space = 5 * ratio;
          const left = x + space + wide <= right ? x + space : x - space - wide;
          if (left < free) continue;
          text(u, mark.label, left, bbox.top - 7 * ratio, "left");
          free = left + wide + space;
        }
        free = bbox.left;
        for (const gap of chart.gaps) {
          const middle = (u.valToPos(gap.since, "x", true) + u.valToPos(gap.until, "x", true)) / 2;
          const half = ctx.measureText(gap.label).width / 2;
          if (middle - half < free || middle + half > right) continue;
          text(u, gap.label, middle, bbox.top + bbox.height - 6 * ratio, "center");
          free = middle + half + 8 * ratio;
        }
        ctx.restore();
      },
    },
  });

  const draw = (figure) => {
    const chart = JSON.parse(figure.dataset.chart);
    const stacks = chart.kind === "stacks";
    const series = stacks ? stacked(chart) : chart.series.map((one) => ({ ...one, shown: one.values }));
    const family = getComputedStyle(figure).fontFamily;
    const font = (ratio) => `${11 * ratio}px ${family}`;
    const colours = { grid: token("line"), words: token("text-2"), axis: token("text-3"), mark: token("text-3"), gap: token("bar-track") };
    const axis = { stroke: colours.axis, font: font(1), grid: { stroke: colours.grid, width: 1 }, ticks: { show: false } };
    const half = chart.x.length === 1 ? DAY_S : stacks && chart.x.length ? (chart.x[1] - chart.x[0]) / 2 : 0;
    const span = chart.x.length ? [chart.x[0] - half, chart.x.at(-1) + half] : [0, DAY_S];
    const plot = new uPlot({
      width: figure.clientWidth || 300,
      height: heightOf(figure),
      padding: [chart.marks.length ? 22 : 12, 20, 0, 0],
      cursor: { drag: { x: false, y: false }, points: { show: !stacks }, y: false },
      legend: { markers: { width: 0 } },
      select: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: {
        x: { time: true, range: () => span },
        y: { range: (u, least, most) => chart.ceiling ? [Math.max(least ?? 0, -chart.ceiling), Math.min(most ?? 1, chart.ceiling)] : uPlot.rangeNum(chart.floor ?? least ?? 0, most ?? 1, { min: { pad: stacks ? 0.1 : 0, soft: 0, mode: stacks ? 1 : 0 }, max: { pad: 0.1, soft: 1, mode: 1 } }) },
      },
      axes: [
        { ...axis, space: 64, size: 28, values: (u, at, axisAt, space, step) => at.map((each) => step >= DAY_S || each % DAY_S === 0 ? dayOf(each) : timeOf(each)), grid: { show: false } },
        { ...axis, size: 56, values: (u, at) => at.map((each) => number.format(each)), incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7] },
      ],
      series: [
        { label: figure.dataset.when, value: (u, at) => at === null || at === undefined ? "–" : chart.whole_days ? dayOf(at) : `${dayOf(at)}, ${timeOf(at)}` },
        ...series.map((one) => ({
          label: one.label,
          stroke: token(one.tone),
          fill: stacks ? token(one.tone) : series.length === 1 ? `${token(one.tone)}1a` : undefined,
          width: stacks ? 0 : 2,
          paths: stacks ? uPlot.paths.bars({ size: [0.7, 40] }) : undefined,
          points: { ...(stacks ? { show: false } : chart.x.length <= 31 ? { show: true } : {}), size: 5, fill: token(one.tone) },
          value: (u, shown, of, at) => at === null || at === undefined || one.values[at] === null ? "–" : number.format(Math.abs(one.values[at])),
        })),
      ],
      // What the cursor points at stays to be seen: its numbers stand on the other side.
      hooks: { setCursor: [(u) => u.root.classList.toggle("to-left", u.cursor.left >= 0 && u.cursor.left < u.over.clientWidth / 2)],
        // Of many causes only those that did something at that moment are told.
        setLegend: [(u) => u.root.querySelectorAll(".u-series").forEach((row, at) => { row.hidden = stacks && at > 0 && !(u.cursor.idx !== null && series[at - 1].values[u.cursor.idx]); })] },
      plugins: [told(chart, colours, font)],
    }, [chart.x, ...series.map((one) => one.shown)], figure);
    drawn.set(figure, plot);
  };

  const sizes = new ResizeObserver((seen) => {
    for (const { target } of seen) {
      const plot = drawn.get(target);
      if (plot && target.clientWidth && target.clientWidth !== plot.width) plot.setSize({ width: target.clientWidth, height: heightOf(target) });
    }
  });

  // Draws what is new on the page and forgets what has left it.
  const look = () => {
    for (const [figure, plot] of drawn) if (!figure.isConnected) { sizes.unobserve(figure); plot.destroy(); drawn.delete(figure); }
    document.querySelectorAll(".chart[data-chart]").forEach((figure) => {
      if (drawn.has(figure)) return;
      draw(figure);
      sizes.observe(figure);
    });
  };
  // Colours are painted: another theme is another picture.
  const again = () => {
    for (const [figure, plot] of drawn) { plot.destroy(); drawn.delete(figure); }
    look();
  };

  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  document.addEventListener("htmx:afterSettle", look);
  look();
})();
