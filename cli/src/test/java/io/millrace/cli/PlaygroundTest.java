package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import io.millrace.server.MillraceServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The page to talk to a model, in Debian's Chromium. Pictures go to target/screens. */
class PlaygroundTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path MODEL = Chats.MODEL;

  @Test
  void talksShowsProbabilitiesAndTheRequest() {
    Assumptions.assumeTrue(
        Files.isExecutable(CHROMIUM),
        "needs Chromium at /usr/bin/chromium (Debian: apt install chromium)");
    try (MillraceServer server = MillraceServer.start("127.0.0.1", 0, Map.of("qwen", MODEL));
        Playwright playwright =
            Playwright.create(
                new Playwright.CreateOptions()
                    .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        Browser browser =
            playwright
                .chromium()
                .launch(
                    new BrowserType.LaunchOptions()
                        .setExecutablePath(CHROMIUM)
                        .setArgs(List.of("--no-sandbox", "--disable-gpu", "--no-first-run")))) {
      server.awaitReady(Duration.ofSeconds(60));
      talk(browser, server.url(), "en", 1024, ColorScheme.LIGHT);
      talk(browser, server.url(), "zh", 360, ColorScheme.DARK);
      talk(browser, server.url(), "zh", 1600, ColorScheme.LIGHT);
      look(browser, server.url(), "en", 1280, ColorScheme.LIGHT);
      look(browser, server.url(), "zh", 360, ColorScheme.DARK);
    }
  }

  /** The live page, while a text is written. */
  private static void look(
      Browser browser, String url, String language, int width, ColorScheme scheme) {
    Page page =
        browser.newPage(
            new Browser.NewPageOptions().setViewportSize(width, 800).setColorScheme(scheme));
    List<String> problems = new ArrayList<>();
    page.onPageError(problems::add);
    page.navigate(url + "live");
    page.locator("[data-lang=" + language + "]").click();
    page.locator(".figures svg").nth(7).waitFor();
    page.evaluate(
        """
        () => { for (let i = 0; i < 12; i++) fetch("/v1/completions", {method: "POST", body: JSON.stringify(
          {model: "qwen", prompt: "hello", max_tokens: 200, temperature: 1, ignore_eos: true})}) }
        """);
    page.waitForFunction("() => parseFloat(document.querySelector('.figures dd').textContent) > 0");
    assertThat(page.locator("section h2").textContent()).contains("qwen");
    page.screenshot(
        new Page.ScreenshotOptions()
            .setPath(Path.of("target", "screens", "live-" + language + "-" + width + ".png"))
            .setFullPage(true));
    assertThat((Integer) page.evaluate("document.documentElement.scrollWidth"))
        .isLessThanOrEqualTo(width);
    assertThat(problems).isEmpty();
    page.close();
  }

  private static void talk(
      Browser browser, String url, String language, int width, ColorScheme scheme) {
    Page page =
        browser.newPage(
            new Browser.NewPageOptions().setViewportSize(width, 800).setColorScheme(scheme));
    List<String> problems = new ArrayList<>();
    page.onConsoleMessage(
        message -> {
          if (message.type().equals("error")) {
            problems.add(message.text());
          }
        });
    page.navigate(url); // only language models: the first page is this one
    assertThat(page.url()).endsWith("/playground");
    page.locator("[data-lang=" + language + "]").click();
    page.locator("#tokens").fill("24");
    page.locator("#temperature").fill("0");
    page.locator("#say").fill("Hello, who are you?");
    page.locator("#say").press("Enter");
    Locator answer = page.locator(".message.assistant");
    answer.locator(".token").nth(3).waitFor();
    page.locator("#send").waitFor();
    answer.locator(".token").nth(1).hover();
    page.locator("#tip").waitFor();
    int chosen = page.locator("#tip tr.chosen").count(); // one for each token of the piece
    assertThat(chosen).isPositive();
    assertThat(page.locator("#tip tr").count()).isEqualTo(5 * chosen);
    assertThat(page.locator("#speed").textContent())
        .contains(language.equals("zh") ? "个词元" : "tokens");
    page.locator("details summary").click();
    assertThat(page.locator("#raw").textContent())
        .contains("/v1/chat/completions", "Hello, who are you?", "\"max_tokens\": 24");
    page.screenshot(
        new Page.ScreenshotOptions()
            .setPath(Path.of("target", "screens", "playground-" + language + "-" + width + ".png"))
            .setFullPage(true));
    String first = answer.textContent();
    page.locator("#again").click();
    page.locator("#send").waitFor();
    assertThat(answer.textContent()).isEqualTo(first); // greedy: the same once more
    page.locator("#tokens").fill("4000");
    page.locator("#say").fill("more");
    page.locator("#send").click();
    page.locator(".message.error").waitFor();
    assertThat(page.locator(".message.error").textContent()).contains("256");
    assertThat((Integer) page.evaluate("document.documentElement.scrollWidth"))
        .isLessThanOrEqualTo(width);
    problems.removeIf(problem -> problem.contains("status of 400")); // the refusal just asked for
    assertThat(problems).isEmpty();
    page.close();
  }
}
