package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import io.millrace.serve.Deployment;
import io.millrace.server.MillraceServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The drawing page in Debian's Chromium. Pictures go to target/screens. */
class PageTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path SCREENS = Path.of("target", "screens");
  private static Playwright playwright;
  private static Browser browser;

  @BeforeAll
  static void launch() {
    Assumptions.assumeTrue(
        Files.isExecutable(CHROMIUM),
        "needs Chromium at /usr/bin/chromium (Debian: apt install chromium)");
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(CHROMIUM)
                    .setArgs(
                        List.of(
                            "--no-sandbox",
                            "--disable-gpu",
                            "--disable-quic",
                            "--no-first-run",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync")));
  }

  @AfterAll
  static void end() {
    if (playwright != null) {
      playwright.close();
    }
  }

  @Test
  void readsWhatIsDrawnAndShowsWhy() throws Exception {
    for (int width : new int[] {360, 1024, 1600}) {
      for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
        for (String language : new String[] {"en", "zh"}) {
          Page page = open(width, scheme);
          List<String> problems = new ArrayList<>();
          page.onConsoleMessage(
              message -> {
                if (message.type().equals("error")) {
                  problems.add(message.text());
                }
              });
          page.locator("[data-lang=" + language + "]").click();
          assertThat(page.locator("h1").textContent())
              .isEqualTo(language.equals("en") ? "Draw a digit" : "手写一个数字");
          drawThree(page);
          awaitAnswer(page, language.equals("en") ? "It reads 3" : "识别为 3");
          assertThat(page.locator("#bars li"))
              .satisfies(bars -> assertThat(bars.count()).isEqualTo(10));
          assertThat(page.locator("#bars li.best b").textContent()).isEqualTo("3");
          assertThat(inkOfHeat(page)).isPositive();
          assertThat(sidewaysScroll(page)).isFalse();
          assertThat(problems).isEmpty();
          page.screenshot(
              new Page.ScreenshotOptions()
                  .setPath(
                      SCREENS.resolve(
                          "draw-%d-%s-%s.png"
                              .formatted(width, scheme, language)
                              .toLowerCase(java.util.Locale.ROOT)))
                  .setFullPage(true));
          page.locator("#clear").click();
          assertThat(page.locator("#said").textContent())
              .isEqualTo(language.equals("en") ? "Nothing drawn yet." : "还没有书写。");
          page.context().close();
        }
      }
    }
  }

  @Test
  void worksAgainWithinFiveSecondsAfterItsWorkerIsKilled() throws Exception {
    try (MillraceServer server =
        MillraceServer.start("127.0.0.1", 0, Map.of("digits", Served.model()))) {
      server.awaitReady(java.time.Duration.ofSeconds(60));
      Page page = browser.newPage();
      page.navigate(server.url());
      drawThree(page);
      awaitAnswer(page, "3");
      Deployment model = server.model("digits");
      long victim = model.pid();
      ProcessHandle.of(victim).orElseThrow().destroyForcibly(); // SIGKILL
      ProcessHandle.of(victim).ifPresent(process -> process.onExit().join());
      long killed = System.nanoTime();
      page.locator("#clear").click();
      drawThree(page);
      awaitAnswer(page, "3");
      assertThat((System.nanoTime() - killed) / 1e9).isLessThan(5);
      assertThat(model.pid()).isNotEqualTo(victim);
    }
  }

  @Test
  void theReportWorksOfflineInBothLanguages() throws Exception {
    Path report = reportOf(Served.model());
    for (int width : new int[] {360, 1024, 1600}) {
      Page page =
          browser
              .newContext(
                  new Browser.NewContextOptions()
                      .setViewportSize(width, 900)
                      .setOffline(true)
                      .setColorScheme(width == 1600 ? ColorScheme.DARK : ColorScheme.LIGHT))
              .newPage();
      page.navigate(report.toUri().toString());
      assertThat(page.locator("h2 >> visible=true").allInnerTexts()).contains("Confusion matrix");
      page.locator("[data-to=zh]").click();
      assertThat(page.locator("h2 >> visible=true").allInnerTexts()).contains("混淆矩阵");
      assertThat(sidewaysScroll(page)).isFalse();
      page.screenshot(
          new Page.ScreenshotOptions()
              .setPath(SCREENS.resolve("report-" + width + ".png"))
              .setFullPage(true));
      page.context().close();
    }
  }

  private static Path reportOf(Path model) throws Exception {
    Path runs = model.getParent().getParent().resolve("runs");
    try (var files = Files.walk(runs)) {
      return files.filter(file -> file.endsWith("report.html")).findFirst().orElseThrow();
    }
  }

  private static Page open(int width, ColorScheme scheme) throws Exception {
    Page page =
        browser
            .newContext(
                new Browser.NewContextOptions()
                    .setViewportSize(width, 900)
                    .setColorScheme(scheme)
                    .setReducedMotion(com.microsoft.playwright.options.ReducedMotion.REDUCE))
            .newPage();
    page.navigate(Served.server().url());
    return page;
  }

  /** Draws a 3 with the mouse, as a person would: two bows. */
  private static void drawThree(Page page) {
    Locator paper = page.locator("#paper");
    paper.scrollIntoViewIfNeeded();
    BoundingBox box = paper.boundingBox();
    double[][] bows = {{0.48, 0.33, 0.15}, {0.48, 0.66, 0.18}};
    boolean down = false;
    for (double[] bow : bows) {
      for (int degrees = -120; degrees <= 110; degrees += 10) {
        double angle = Math.toRadians(degrees);
        double x = box.x + box.width * (bow[0] + bow[2] * Math.cos(angle));
        double y = box.y + box.height * (bow[1] + bow[2] * Math.sin(angle));
        page.mouse().move(x, y);
        if (!down) {
          page.mouse().down();
          down = true;
        }
      }
    }
    page.mouse().up();
  }

  private static void awaitAnswer(Page page, String said) {
    page.waitForCondition(
        () -> page.locator("#said").textContent().contains(said),
        new Page.WaitForConditionOptions().setTimeout(8000));
  }

  private static int inkOfHeat(Page page) {
    return ((Number)
            page.evaluate(
                "() => { const c = document.getElementById('heat'); const d = c.getContext('2d').getImageData(0,0,28,28).data;"
                    + " let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i+3] && Math.abs(d[i]-d[i+2]) > 40) n++; return n; }"))
        .intValue();
  }

  private static boolean sidewaysScroll(Page page) {
    return (Boolean)
        page.evaluate(
            "() => document.documentElement.scrollWidth > document.documentElement.clientWidth");
  }
}
