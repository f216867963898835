# SPDX-License-Identifier: MIT
# check.rb ROOT: the formula's dependencies are those of script/setup; its service
# is that of the launchd agent's template, which comes as JSON on standard input;
# then its steps of installation and its test are run on a copy of the sources.
require "json"
require "tmpdir"
require_relative "formula"

ROOT = Pathname(ARGV.fetch(0))
load(ROOT/"packaging/homebrew/entropyd.rb")

def must(holds, text)
  abort "homebrew: #{text}" unless holds
end

# What script/setup installs by brew for a build; OpenSSL is there for the tests,
# and pkg-config's name is a tool's.
def check_dependencies
  rows = (ROOT/"script/setup").read[/^    cat <<'END'\n(.*?)^END$/m, 1].lines
  brewed = rows.map(&:split).select { |row| row.last != "-" }
  build = brewed.select { |row| row[0] == "run" }.map(&:last)
  provider = brewed.find { |row| row.include?("libcrypto>=3.0") }.last
  wanted = (build - ["make"] + [provider]).uniq.sort
  must(Entropyd.dependencies.sort == wanted,
       "depends on #{Entropyd.dependencies.sort}, script/setup has #{wanted}")
  must(rows.any? { |row| row =~ /header\s+bzlib\.h/ } &&
       Entropyd.facts[:from_macos] == ["bzip2"], "bzip2 comes with macOS")
end

def check_service(service, agent)
  program = agent["ProgramArguments"]
  log = (ROOT/"launchd/agent.sh").read[%r{^ *log=\$HOME/Library/Logs/(\S+)$}, 1]
  wanted = {
    run: [service.opt_bin/"entropyd", *program[1..]],
    keep_alive: { successful_exit: agent["KeepAlive"]["SuccessfulExit"] },
    throttle_interval: agent["ThrottleInterval"],
    process_type: agent["ProcessType"].downcase.to_sym,
    log_path: agent["StandardOutPath"],
    error_log_path: service.var/"log"/log,
  }
  must(service.words == wanted, "service: #{service.words}\nagent: #{wanted}")
end

# As brew does it: in a copy, with an empty environment but for the compiler.
def check_steps
  Dir.mktmpdir("entropyd-") do |work|
    source, prefix, test = %w[source prefix test].map { |name| "#{work}/#{name}" }
    FileUtils.mkdir_p([source, test])
    files = Dir.children(ROOT).reject { |name| name =~ /\A(build|\.git)\z/ }
    FileUtils.cp_r(files.map { |name| ROOT/name }, source)
    formula = Entropyd.new.place(prefix, test)
    check_service(formula.service, JSON.parse($stdin.read))
    Dir.chdir(source) { formula.install }
    formula.run_test
    %w[entropyd entropyctl entropylab].each do |name|
      must((formula.bin/name).executable?, "#{name} was not installed")
    end
    must(!Dir["#{prefix}/**/org.entropyd.*"].any? || RUBY_PLATFORM =~ /darwin/,
         "launchd's files on Linux")
    puts "homebrew: installed #{Dir["#{prefix}/**/*"].count { |f| File.file?(f) }} " \
         "files, and the test of the formula passed"
  end
end

check_dependencies
check_steps
