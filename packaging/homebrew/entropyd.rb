# SPDX-License-Identifier: MIT
# A Homebrew formula for a tap of your own. There is no release yet, so it builds
# a commit: put the address of your repository in its place below, copy the file
# to Formula/entropyd.rb of the tap, and
#     brew install --HEAD YOU/TAP/entropyd && brew services start entropyd
# A release adds `url` and `sha256`. The test `homebrew` runs these steps on Linux.
class Entropyd < Formula
  desc "Daemon that collects, tests and serves entropy"
  homepage "https://entropyd.invalid/"
  license "MIT"
  head "https://entropyd.invalid/entropyd.git", branch: "main"

  depends_on "cmake" => :build
  depends_on "pkgconf" => :build
  depends_on "jansson"
  depends_on "libdivsufsort"
  depends_on "libsodium"
  depends_on "libuv"
  depends_on "openssl@3" # for the provider

  uses_from_macos "bzip2"

  def install
    system "cmake", "-S", ".", "-B", "build", "-DBUILD_TESTING=OFF",
           *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
  end

  # As launchd/org.entropyd.agent.plist.in has it, as far as brew can express it.
  # Socket activation by a path is not among that: the daemon makes its own socket,
  # ~/.entropyd/entropyd.sock, and clients are refused while it restarts.
  service do
    run [opt_bin/"entropyd", "--set", "log.max_file_bytes=1048576"]
    keep_alive successful_exit: false
    throttle_interval 60
    process_type :standard
    log_path "/dev/null"
    error_log_path var/"log/entropyd.log"
  end

  test do
    socket = testpath/"entropyd.sock"
    daemon = spawn bin/"entropyd", "--socket", socket, err: "entropyd.log"
    begin
      system bin/"entropyctl", "--socket", socket, "wait", "--timeout", "30"
      assert_match(/\A\h{64}\n\z/,
                   shell_output("#{bin}/entropyctl --socket #{socket} get 32"))
    ensure
      Process.kill "TERM", daemon
      Process.wait daemon
    end
  end
end
