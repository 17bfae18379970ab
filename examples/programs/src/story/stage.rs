//! The programs as processes that are started, used and killed.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use programs::Result;

/// A machine on which the programs run, each with a folder for its state.
pub struct Stage {
    /// The folder of the programs.
    programs: PathBuf,
    /// The folder of their state.
    pub place: PathBuf,
    /// The number of seconds by which all clocks are ahead.
    pub ahead: u64,
    running: Vec<(Vec<String>, Child)>,
    /// The last refusal in the log of a server.
    refusal: Arc<Mutex<String>>,
}

impl Stage {
    /// Builds the programs with the same profile as this one, and makes a folder for their state.
    pub fn build() -> Result<Self> {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--locked", "--quiet", "--package", "programs", "--bins"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        if !build.current_dir(env!("CARGO_MANIFEST_DIR")).status()?.success() {
            return Err("the programs do not build".into());
        }
        let programs = env::current_exe()?.parent().ok_or("no folder of programs")?.to_path_buf();
        let place = env::temp_dir().join(format!("eccsi-sakke-story-{}", std::process::id()));
        fs::create_dir_all(&place)?;
        Ok(Self { programs, place, ahead: 0, running: Vec::new(), refusal: Arc::default() })
    }

    pub fn path(&self, name: &str) -> String {
        self.place.join(name).to_string_lossy().into_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join(arguments[0]));
        command.args(&arguments[1..]).env("AHEAD", self.ahead.to_string());
        command
    }

    /// Runs a program to its end, and returns its output.
    pub fn run(&self, arguments: &[&str]) -> Result<Vec<String>> {
        self.run_with(arguments, "")
    }

    /// Runs a program that reads this input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Result<Vec<String>> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        child.stdin.take().ok_or("no input")?.write_all(input.as_bytes())?;
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            let words: Vec<_> = arguments.iter().filter(|word| word.len() < 40).copied().collect();
            return Err(format!("{}: {}", words.join(" "), told.trim()).into());
        }
        Ok(String::from_utf8(output.stdout)?.lines().map(Into::into).collect())
    }

    /// Runs a program that must fail, and returns its error.
    pub fn refused(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments).output()?;
        if output.status.success() {
            let told = String::from_utf8_lossy(&output.stdout);
            return Err(format!("{} did not fail: {told}", arguments.join(" ")).into());
        }
        Ok(String::from_utf8_lossy(&output.stderr).trim().into())
    }

    /// Starts a server, and waits until it is ready.
    pub fn start(&mut self, arguments: &[&str]) -> Result<()> {
        let mut child = self.command(arguments).stdout(Stdio::piped()).spawn()?;
        let mut out = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        out.read_line(&mut line)?;
        self.running.push((arguments.iter().map(|&word| word.into()).collect(), child));
        if line != "ready\n" {
            return Err(format!("{} is not ready: {line}", arguments.join(" ")).into());
        }
        let refusal = Arc::clone(&self.refusal);
        thread::spawn(move || {
            for line in out.lines().map_while(|line| line.ok()) {
                if let (Some(said), Ok(mut refusal)) =
                    (line.strip_prefix("refused: "), refusal.lock())
                {
                    *refusal = said.into();
                }
            }
        });
        Ok(())
    }

    /// The reason in the log of a server for the request that was just refused.
    pub fn refusal(&self) -> Result<String> {
        for _ in 0..100 {
            let said = std::mem::take(&mut *self.refusal.lock().map_err(|_| "a thread panicked")?);
            if !said.is_empty() {
                return Ok(said);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err("no server has refused a request".into())
    }

    /// Kills all servers without warning.
    pub fn kill(&mut self) -> Result<Vec<Vec<String>>> {
        let mut stopped = Vec::new();
        for (arguments, mut child) in self.running.drain(..) {
            child.kill()?;
            child.wait()?;
            stopped.push(arguments);
        }
        Ok(stopped)
    }

    /// Kills all servers and starts them again.
    pub fn restart(&mut self) -> Result<()> {
        for arguments in self.kill()? {
            self.start(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.kill();
        let _ = fs::remove_dir_all(&self.place);
    }
}

/// A port that nobody listens on.
pub fn free_port() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string())
}

/// Starts a server that answers every request with the same octets, and returns its address.
pub fn pretender(octets: &[u8]) -> Result<String> {
    let port = free_port()?;
    let server =
        tiny_http::Server::http(format!("127.0.0.1:{port}")).map_err(|error| error.to_string())?;
    let octets = octets.to_vec();
    thread::spawn(move || {
        for request in server.incoming_requests() {
            let _ = request.respond(tiny_http::Response::from_data(octets.clone()));
        }
    });
    Ok(format!("http://127.0.0.1:{port}"))
}

/// Copies the files of a folder.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
